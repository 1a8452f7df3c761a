"""rediff_viz: watch masked-diffusion (vision-)language models err and mend, pass by pass.

Importing this package, opening a trace and drawing it need neither torch nor gradio.
"""

from .trace import Head, PassRecord, Prediction, Query, Trace, TraceError

__version__ = "0.1.0"
__all__ = ["Head", "PassRecord", "Prediction", "Query", "Trace", "TraceError", "__version__"]
