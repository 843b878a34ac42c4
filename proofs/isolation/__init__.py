"""No visitor sees what is another's: the same site, served in four ways."""
