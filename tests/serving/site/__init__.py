"""The site as production serves it, with pages that only the tests need."""
