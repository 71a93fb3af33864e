// The translation unit that the precompiled header is built with; it has no code of its own.
