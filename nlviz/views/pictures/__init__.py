"""The picture of each lab, one function a file, named as the lab is; what serves several labs lies one floor up."""
