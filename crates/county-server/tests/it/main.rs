//! The program on a real PostgreSQL, spoken to over HTTP by the nodes that devices run.

#![allow(clippy::unwrap_used, clippy::panic)]

mod converge;
mod enrolment;
mod refusals;
mod service;
mod support;
