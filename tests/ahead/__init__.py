"""The program three versions on, made for tests: ``python -m tests.ahead COMMAND…`` is the real command line of it.

Each version changes the tables of record as a release would, before anything else of the program is imported:

====  ==================================================================================================
  +1  a ticket says how the caller felt (field ``mood``), and can be ``parked`` (status)
  +2  the ticket's ``wish`` is called ``asked_for``
  +3  rooms (entity ``room``, master data) and the verb ``furnish`` that makes them; ``park`` parks a ticket
====  ==================================================================================================
"""
