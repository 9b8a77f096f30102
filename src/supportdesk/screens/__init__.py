"""The screens of the console: they show, ask and send intents."""
