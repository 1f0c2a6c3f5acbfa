"""Pages: one HTML file each, which needs nothing else: the player, the playback of a training, and their scripts.

`page` is what all have in common, `player` writes the page of a player and `recording` the panels of a playback.
``web`` holds their scripts and styles, each of which says at its top what it owns; a page has those that it names,
one after another. `contract` is what Python tells the scripts.
"""
