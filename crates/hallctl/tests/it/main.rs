//! The operator's tool as its users run it: the real binary, lines in, lines out.

mod rules;
mod serve;
