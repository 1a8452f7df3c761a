"""What a server may hold of its visitors, in memory and on disk: one place, with units. Knows nothing else.

Memory above the models: 2 pictures being decoded (20 megapixels are 80 MB, up to three such at a time), 2 runs under way with their
full pictures (80 MB each), and RUNS_BYTES of runs held.
"""

MB = 1_000_000  # bytes
HOUR = 3600.0  # seconds

# a picture
PICTURE_BYTES = 10 * MB  # of its file
PICTURE_PIXELS = 20_000_000
DECODED_AT_ONCE = 2  # pictures; others wait for their turn
DISPLAY_SIDE = 640  # px, the longer side: as the page shows it, as a run is held and as it leaves the server

# runs held in memory, so that a page can catch up, study them and take them along
RUNS = 64
RUNS_BYTES = 256 * MB  # messages, pictures, traces and concepts
RUN_AGE = 2 * HOUR  # since it was last asked for

# files on disk: uploads, drawn scenes, what was made for download
FILES_BYTES = 1000 * MB
FILES_AGE = 1 * HOUR  # since it was made or last used
FOLDERS = 128  # of files made for download; one a call
FETCH = 120.0  # seconds that a file is left alone, so that whoever waits for it can fetch it
SWEEP = 60.0  # seconds between two sweeps
