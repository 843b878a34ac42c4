"""A site that sets, cleans and forgets whatever belongs to one visitor; it is put into a project."""
