//! The operator's tool as its users run it: the real binary, lines in, lines out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod balancer;
#[allow(dead_code, reason = "the county server's own tests ask more of it")]
#[path = "../../../county-server/tests/it/support/cluster.rs"]
mod cluster;
mod county;
mod crash;
mod districts;
mod exec;
mod hall;
mod lines;
mod machine;
mod printer;
mod printing;
mod printing_pages;
mod rules;
mod serve;
mod shared_post;
mod sim_ipp;
mod sim_printer;
mod sim_readers;
mod sticks;
mod support;
mod whole;
