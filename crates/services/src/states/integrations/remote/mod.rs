//! Calls of services that live elsewhere: the operator names a server for each (`--endpoint dynamodb=http://…`), and the call goes
//! there as an effect, signed with a session of the execution's role.

mod answer;
mod request;
mod services;

pub use answer::{answered, put};
pub use request::{put_events, request};
pub use services::{NAMES, find};

#[cfg(test)]
mod tests;
