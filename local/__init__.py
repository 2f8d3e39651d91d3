"""The shop on a laptop: real databases and five services, without Docker and without root."""
