"""Move projects off the deprecated `uvicorn.workers`."""
