//! The rules of each AWS service, and the shard that applies them.
//!
//! One folder a service, one file an operation. Nothing here opens a socket, reads a clock or spawns a task: time, entropy,
//! caller and rows come in as arguments; rows, effects and the reply go out through the transaction (ARCHITECTURE.md).

mod calls;
pub mod check;
pub mod cloudformation;
pub mod context;
pub mod counts;
mod deduplication;
mod dispatch;
pub mod effect;
pub mod entropy;
mod evaluations;
pub mod event_pattern;
pub mod events;
pub mod failure;
pub mod fetch;
pub mod format;
pub mod iam;
mod in_flight;
pub mod kept;
pub mod key_shape;
pub mod keys;
pub mod lambda;
pub mod logs;
pub mod observed;
pub mod operation;
pub mod page;
pub mod row;
pub mod rows;
pub mod s3;
mod sdk_call;
pub mod secrets;
pub mod settings;
pub mod shard;
pub mod sns;
pub mod sqs;
pub mod states;
pub mod stats;
pub mod sts;
#[cfg(test)]
mod testing;
pub mod timer;
pub mod tx;
mod waiters;

use operation::Operation;
use stepwell_wire::Service;
use stepwell_wire::rest_json::RestOperation;

/// The operations of a service that is here; `None` for one that isn't.
#[must_use]
pub fn operations(service: Service) -> Option<&'static [Operation]> {
    match service {
        Service::CloudFormation => Some(cloudformation::OPERATIONS),
        Service::Events => Some(events::OPERATIONS),
        Service::Iam => Some(iam::OPERATIONS),
        Service::Lambda => Some(lambda::OPERATIONS),
        Service::Sns => Some(sns::OPERATIONS),
        Service::Logs => Some(logs::OPERATIONS),
        Service::Sqs => Some(sqs::OPERATIONS),
        Service::S3 => Some(s3::OPERATIONS),
        Service::States => Some(states::OPERATIONS),
        Service::Sts => Some(sts::OPERATIONS),
    }
}

/// The methods and paths of a service's operations, where it speaks REST.
#[must_use]
pub fn rest_operations(service: Service) -> &'static [RestOperation] {
    match service {
        Service::Lambda => lambda::ROUTES,
        _ => &[],
    }
}
