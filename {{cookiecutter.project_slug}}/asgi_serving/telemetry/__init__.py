"""What is told to those who watch over the site: errors to Sentry, and all else by OpenTelemetry.

Both are off until a setting names where they report to, and nothing of them is imported before.
"""
