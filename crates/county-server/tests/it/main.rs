//! The program on a real PostgreSQL and without one, spoken to over HTTP by the nodes that devices run.

#![allow(clippy::unwrap_used, clippy::panic)]

/// The same test over either archive.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_postgres {
            $(#[test]
            fn $name() {
                let program = env!("CARGO_BIN_EXE_county-server");
                super::$name(&mut crate::support::site::Site::open(program));
            })+
        }
        mod embedded {
            $(#[test]
            fn $name() {
                let program = env!("CARGO_BIN_EXE_county-server");
                super::$name(&mut crate::support::folder::Folder::open(program));
            })+
        }
    };
}

mod contract;
mod converge;
mod embedded;
mod enrolment;
mod payloads;
mod posts;
mod refusals;
mod service;
mod sticks;
mod support;
mod told;
mod vouched;
