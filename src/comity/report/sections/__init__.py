"""The sections of the report, one module each: figures in, a `Section` out."""
