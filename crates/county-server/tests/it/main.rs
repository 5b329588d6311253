//! The program on a real PostgreSQL and without one, spoken to over HTTP by the nodes that devices run.

#![allow(clippy::unwrap_used, clippy::panic)]

mod contract;
mod converge;
mod embedded;
mod enrolment;
mod payloads;
mod refusals;
mod service;
mod support;
mod vouched;
