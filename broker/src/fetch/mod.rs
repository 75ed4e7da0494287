//! Fetch sessions, plans and waiting.
