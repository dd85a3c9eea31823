"""The store: quads on disk (`quads`) and the generations they are published in (`generations`)."""
