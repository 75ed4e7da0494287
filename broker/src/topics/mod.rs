//! Topics, configs and the metadata image.
