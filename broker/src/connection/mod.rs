//! One socket: frames in, replies out in request order.
