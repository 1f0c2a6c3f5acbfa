"""Live pictures in notebooks: `leaves` says where numbers stand in Python, `page` shows them, `bridge` joins both."""
