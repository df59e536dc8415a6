//! Pure builders: what each object looks like, a file per kind.
