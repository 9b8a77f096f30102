"""The shell: one file a noun, thin over the desk's verbs and the store's views."""
