"""The words of the trade: codes, tables of record, errors. Imports nothing but the standard library."""
