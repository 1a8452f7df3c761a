"""The torch modules themselves. They know tensors: no sampler, no trace, no page, no file but weights."""
