//! `GetObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
//!
//! The bytes are read from a snapshot beside the writer: they stay those of one object, whatever is put meanwhile.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{AnyRead, Operation, Payload, Prepared, Reply, Speaks, SpeaksRest};
use crate::rows::Rows;
use crate::s3::bodies;
use crate::s3::head_object::{HeadObject, ObjectFacts};
use bytes::Bytes;
use serde::Deserialize;
use std::any::Any;
use stepwell_wire::render::RenderError;
use stepwell_wire::sdk_output;
use stepwell_wire::{Envelope, Response, rest_xml};

/// Asks for the same as [`HeadObject`], and for the bytes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct GetObject {
    pub head: HeadObject,
}

/// An object, or a range of it.
pub struct GetObjectOutput {
    pub facts: ObjectFacts,
    pub bytes: Bytes,
}

impl GetObject {
    pub const fn operation() -> Operation {
        let prepare =
            |payload: &Payload| Ok(Prepared::Read(Box::new(SpeaksRest::decode::<GetObject>(payload)?)));
        Operation::new("GetObject", prepare)
    }

    /// Reads it.
    ///
    /// # Errors
    /// S3's own.
    pub fn read(&self, rows: &dyn Rows, context: &Context) -> Result<GetObjectOutput, Failure> {
        let found = self.head.find(rows, context)?;
        let bytes = bodies::read(&found.object.parts, found.range.clone(), rows)?;
        Ok(GetObjectOutput { facts: self.head.facts(&found), bytes: bytes.into() })
    }
}

impl AnyRead for GetObject {
    fn read_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        Ok(Box::new(self.read(rows, context)?))
    }
}

impl Reply for GetObjectOutput {
    fn render(&self, envelope: &Envelope) -> Result<Response, RenderError> {
        let response = rest_xml::with_payload(envelope, &self.facts, self.bytes.clone())?;
        Ok(Response { status: if self.facts.is_range() { 206 } else { 200 }, ..response })
    }

    /// The body as a text, as AWS gives it to state machines.
    fn shown(&self) -> Result<serde_json::Value, Failure> {
        let mut shown = sdk_output::value(&self.facts).map_err(|error| Failure::broken(error.to_string()))?;
        shown["Body"] = String::from_utf8_lossy(&self.bytes).into();
        Ok(shown)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
