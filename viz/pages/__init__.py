"""Pages: one HTML file each, which needs nothing else: the player, the playback of a training, and their scripts."""
