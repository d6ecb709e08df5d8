//! The envelope of AWS: which service and operation a request names, who signed it, how its input is
//! decoded and how its output or its error is written, in each of AWS's protocols.
//!
//! Bytes come in as a [`Request`] and leave as a [`Response`]. Nothing here knows an operation, a socket,
//! a clock or a store: a service brings serde types, and the same types serve every protocol.

mod absence;
pub mod arn;
pub mod aws_json;
pub mod constraints;
mod decode;
pub mod error;
pub mod form;
pub mod ids;
mod json_output;
pub mod message;
pub mod query;
mod refusal;
pub mod render;
pub mod rest_json;
pub mod rest_xml;
pub mod route;
pub mod sdk_output;
pub mod service;
pub mod sigv4;
mod text_scalar;
pub mod time;
pub mod types;
pub mod uri;
pub mod xml;

pub use arn::Arn;
pub use constraints::Constraints;
pub use decode::DecodeError;
pub use error::{ApiError, Fault};
pub use form::Form;
pub use message::{Request, Response};
pub use refusal::{Refusal, RefusalForm};
pub use render::{Envelope, Protocol};
pub use route::{Route, route};
pub use service::Service;
pub use types::{Blob, Timestamp};
