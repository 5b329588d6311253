//! `hallctl rules …` over the real binary.
