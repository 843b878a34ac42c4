"""The library's checks on the settings of projects of others."""
