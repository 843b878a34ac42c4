"""A site with WebSockets and streams of events, served by a project and by Channels on Daphne."""
