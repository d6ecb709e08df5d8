//! The Amazon States Language: what a definition says, and what the expressions in it mean for given data. Pure: it
//! knows no clock, no random source, no service and no execution; those who run states hand it what it reads.

pub mod intrinsic;
pub mod path;
pub mod scope;
pub mod template;
pub mod timestamp;
