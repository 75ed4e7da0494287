//! Consumer groups: classic protocol and committed offsets.
