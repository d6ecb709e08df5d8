//! What a request brings: its bytes, hashed while the request is decoded, so that the writer never waits for that.
//!
//! A large one is stored before its command is applied ([`super::bodies`]); the command then has its name only.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{AnyCommand, Nothing, Reply};
use crate::s3::bodies::{self, COMMAND_BYTES, PIECE_BYTES};
use crate::s3::errors;
use crate::s3::model::{MOST_BODY_BYTES, Part};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer};
use stepwell_wire::ids::hex;
use stepwell_wire::{ApiError, Blob};

/// The bytes of an object or of a part.
#[derive(Debug, Clone)]
pub struct Content {
    pub bytes: Bytes,
    pub md5: [u8; 16],
    /// The name under which the bytes were stored before.
    stored: Option<String>,
}

impl Content {
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let md5 = Md5::digest(&bytes).into();
        Self { bytes: bytes.into(), md5, stored: None }
    }

    /// The ETag of an object or a part of these bytes, without its quotes.
    #[must_use]
    pub fn etag(&self) -> String {
        hex(&self.md5)
    }

    /// Whether it has to be stored by several commands.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.bytes.len() > COMMAND_BYTES
    }

    /// Whether the bytes are what the request's header says.
    ///
    /// # Errors
    /// S3's own.
    pub fn verify_md5(&self, header: Option<&str>) -> Result<(), ApiError> {
        let Some(header) = header else { return Ok(()) };
        let given = BASE64.decode(header).ok().filter(|given| given.len() == self.md5.len());
        match given {
            None => Err(errors::invalid_digest()),
            Some(given) if given != self.md5 => Err(errors::bad_digest("Content-MD5")),
            Some(_) => Ok(()),
        }
    }

    /// # Errors
    /// S3's, for more bytes than one request may bring.
    pub fn check_size(&self) -> Result<(), ApiError> {
        match self.bytes.len() as u64 {
            size if size > MOST_BODY_BYTES => Err(errors::entity_too_large(size, MOST_BODY_BYTES)),
            _ => Ok(()),
        }
    }

    /// The commands that store it under `name`, in order.
    #[must_use]
    pub fn stages(&self, bucket: &str, name: &str) -> Vec<Box<dyn AnyCommand>> {
        let pieces_each = COMMAND_BYTES / PIECE_BYTES;
        let starts = (0..self.bytes.len()).step_by(COMMAND_BYTES).enumerate();
        starts
            .map(|(number, start)| {
                let end = (start + COMMAND_BYTES).min(self.bytes.len());
                Box::new(StorePieces {
                    bucket: bucket.to_owned(),
                    body: name.to_owned(),
                    size: self.bytes.len() as u64,
                    first_piece: (number * pieces_each) as u64,
                    bytes: self.bytes.slice(start..end),
                }) as Box<dyn AnyCommand>
            })
            .collect()
    }

    /// The same, once it is stored under `name`.
    pub fn stored_as(&mut self, name: &str) {
        self.stored = Some(name.to_owned());
    }

    /// Stores it, or takes over what was stored; nothing of an empty one.
    ///
    /// # Errors
    /// S3's, for what was given up meanwhile.
    pub fn settle(&self, tx: &mut Tx, context: &mut Context) -> Result<Option<Part>, Failure> {
        match &self.stored {
            Some(name) => bodies::take_over(name, tx).map(Some),
            None => Ok(bodies::store(&self.bytes, tx, context)),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Bytes in REST; within a Task state's arguments, text or JSON.
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Bytes(Blob);
        Bytes::deserialize(deserializer).map(|Bytes(blob)| Self::new(blob.0))
    }
}

/// Stores some pieces of a body that nothing lists yet. No route reaches it.
struct StorePieces {
    bucket: String,
    body: String,
    size: u64,
    first_piece: u64,
    bytes: Bytes,
}

impl AnyCommand for StorePieces {
    fn name(&self) -> &'static str {
        "StorePieces"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        // Refused before the first piece, not after the last.
        super::find::bucket(&self.bucket, tx, context)?;
        bodies::store_some(&self.body, self.size, self.first_piece, &self.bytes, tx, context)?;
        Ok(Box::new(Nothing {}))
    }
}
