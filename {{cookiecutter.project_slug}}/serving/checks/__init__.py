"""Django system checks of the serving stack, one file for each concern.

Ids are stable and never used again: silence one with `SILENCED_SYSTEM_CHECKS`.
"""
