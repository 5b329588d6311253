//! A real PostgreSQL, the real program, and devices of a hall that talk to it over HTTP.

pub(crate) mod cluster;
pub(crate) mod device;
pub(crate) mod folder;
pub(crate) mod http;
pub(crate) mod site;
