//! Code that a function names: an object of a bucket, or what was uploaded before for it, as local code of a template is.
//!
//! An uploaded package is kept for a day after it was uploaded last; a function that is made of it keeps it longer.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::code::{self, Code, Head, Sha256};
use crate::lambda::package::{Package, ZIPPED_BYTES};
use crate::lambda::{errors, keys};
use crate::operation::Command;
use crate::rows::{Rows, RowsExt};
use crate::timer::Timer;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ids::hex;

/// The name of a bucket under which uploaded code is asked for. No bucket of AWS's can have it: the server answers for it.
pub const BUCKET: &str = "stepwell-local-code";
/// How long an upload is kept.
const KEPT_MS: u64 = 86_400_000;

/// Takes a package in. No route of AWS's reaches it.
#[derive(Debug, Deserialize)]
pub struct UploadCode {
    pub package: Package,
}

/// What the code of a function then says.
#[derive(Debug, Serialize)]
pub struct UploadCodeOutput {
    #[serde(rename = "S3Bucket")]
    pub s3_bucket: &'static str,
    #[serde(rename = "S3Key")]
    pub s3_key: String,
}

impl UploadCode {
    /// An upload of these bytes, hashed and looked into before the shard sees it.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { package: Package::new(bytes) }
    }
}

impl Command for UploadCode {
    const NAME: &'static str = "UploadCode";
    type Output = UploadCodeOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<UploadCodeOutput, Failure> {
        self.package.check()?;
        let key = keys::upload(&self.package.sha256);
        let timer = Timer::UploadedCode(self.package.sha256.to_vec());
        match tx.row::<u64>(&key)? {
            Some(due_ms) => tx.disarm(due_ms, &timer),
            None => drop(code::store(&self.package, tx)?),
        }
        let due_ms = context.now_ms + KEPT_MS;
        tx.put(&key, &due_ms);
        tx.arm(due_ms, &timer);
        Ok(UploadCodeOutput { s3_bucket: BUCKET, s3_key: hex(&self.package.sha256) })
    }
}

/// An upload's time is over.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due(sha256: &[u8], tx: &mut Tx) -> Result<(), Failure> {
    let sha256: Sha256 =
        sha256.try_into().map_err(|_| Failure::broken("an upload whose name is no SHA-256"))?;
    let key = keys::upload(&sha256);
    if tx.row::<u64>(&key)?.is_some() {
        tx.remove(&key);
        code::release(&Code { sha256, size: 0 }, tx)?;
    }
    Ok(())
}

/// Where a function's code comes from.
pub enum Source<'a> {
    /// The request brings it along.
    Brought(&'a Package),
    /// It is an object of a bucket.
    Object(Package),
    /// It was uploaded before.
    Uploaded(Sha256),
}

impl<'a> Source<'a> {
    /// What a request names as its code.
    ///
    /// # Errors
    /// AWS's own.
    pub fn of(
        zip_file: Option<&'a Package>,
        s3_bucket: Option<&str>,
        s3_key: Option<&str>,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<Self, Failure> {
        if let Some(package) = zip_file {
            package.check()?;
            return Ok(Self::Brought(package));
        }
        match (s3_bucket, s3_key) {
            (Some(BUCKET), Some(key)) => Ok(Self::Uploaded(sha256(key).ok_or_else(no_such_key)?)),
            (Some(bucket), Some(key)) => {
                let bytes = calls::s3_bytes(bucket, key, ZIPPED_BYTES, rows, context).map_err(not_got)?;
                let package = Package::new(bytes.ok_or_else(|| errors::zipped_size_exceeded(ZIPPED_BYTES))?);
                package.check()?;
                Ok(Self::Object(package))
            }
            _ => Err(errors::invalid_parameter("Please provide a source for function code.").into()),
        }
    }

    /// Stores the code, or takes one more reference to it.
    ///
    /// # Errors
    /// AWS's own, for an upload that isn't there.
    pub fn store(&self, tx: &mut Tx) -> Result<Code, Failure> {
        match self {
            Self::Brought(package) => code::store(package, tx),
            Self::Object(package) => code::store(package, tx),
            Self::Uploaded(sha256) => {
                let head = tx.row::<Head>(&keys::code_head(sha256))?.ok_or_else(no_such_key)?;
                let code = Code { sha256: *sha256, size: head.size };
                code::retain(&code, tx)?;
                Ok(code)
            }
        }
    }
}

/// What S3 refuses, as Lambda tells it.
fn not_got(failure: Failure) -> Failure {
    let Failure::Refused(error) = failure else { return failure };
    let text = format!(
        "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
        error.code, error.message
    );
    errors::invalid_parameter(text).into()
}

fn no_such_key() -> Failure {
    let text = "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.";
    errors::invalid_parameter(text).into()
}

fn sha256(hex: &str) -> Option<Sha256> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Family, Key};
    use crate::lambda::DeleteFunction;
    use crate::lambda::tests::{function, prepare, world};
    use crate::testing::{World, input};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use serde_json::json;
    use stepwell_store::Direction;

    const DAY_MS: u64 = 86_400_000;

    fn upload(world: &mut World) -> String {
        let bytes = Package::inline("index.py", "def handler(event, context): return 1").unwrap().bytes;
        let answer = world.call(UploadCode::new(bytes)).unwrap();
        assert_eq!(answer["S3Bucket"], BUCKET);
        answer["S3Key"].as_str().unwrap().to_owned()
    }

    fn rows_of_code(world: &World) -> usize {
        let count = |family| {
            let all = Key::new(family);
            world.store.scan(all.as_bytes(), &all.end(), Direction::Forward).count()
        };
        count(Family::Code) + count(Family::CodeUpload)
    }

    #[test]
    fn a_function_is_made_of_uploaded_code_which_stays_as_long_as_the_function() {
        let mut world = world();
        let key = upload(&mut world);
        assert_eq!(upload(&mut world), key, "the same bytes have the same key");
        let code = json!({"S3Bucket": BUCKET, "S3Key": key});
        world.call(function(json!({"Code": code}))).unwrap();
        prepare(&mut world, Ok(()));
        world.pass(DAY_MS);
        assert!(rows_of_code(&world) > 0);
        world.call(input::<DeleteFunction>(json!({"FunctionName": "f"}))).unwrap();
        assert_eq!(rows_of_code(&world), 0);
    }

    #[test]
    fn a_function_s_code_may_be_an_object() {
        let mut world = world();
        world.call(input::<crate::s3::CreateBucket>(json!({"Bucket": "code"}))).unwrap();
        let put = |world: &mut World, key: &str, bytes: &[u8]| {
            let put = json!({"Bucket": "code", "Key": key, "Body": BASE64.encode(bytes)});
            world.call(input::<crate::s3::PutObject>(put)).unwrap();
        };
        let package = |number: u8| {
            Package::inline("index.py", &format!("def handler(event, context): return {number}"))
                .unwrap()
                .bytes
        };
        put(&mut world, "1.zip", &package(1));
        put(&mut world, "2.zip", &package(2));
        put(&mut world, "no.zip", b"no archive");
        let from = |key: &str| json!({"S3Bucket": "code", "S3Key": key});
        let made = world.call(function(json!({"Code": from("1.zip")}))).unwrap();
        prepare(&mut world, Ok(()));
        // The function has a copy.
        world.call(input::<crate::s3::DeleteObject>(json!({"Bucket": "code", "Key": "1.zip"}))).unwrap();
        let update = |key: &str| {
            let mut update = from(key);
            update["FunctionName"] = json!("f");
            input::<crate::lambda::UpdateFunctionCode>(update)
        };
        for (key, text) in [
            ("1.zip", "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."),
            ("no.zip", "Could not unzip uploaded file."),
        ] {
            let error = world.call(update(key)).unwrap_err();
            assert!(error.message.contains(text), "{error}");
        }
        let updated = world.call(update("2.zip")).unwrap();
        assert_ne!(made["CodeSha256"], updated["CodeSha256"]);
    }

    #[test]
    fn an_upload_that_nobody_wants_is_gone_a_day_after_the_last_time() {
        let mut world = world();
        upload(&mut world);
        world.pass(DAY_MS - 1);
        upload(&mut world);
        world.pass(DAY_MS - 1);
        assert!(rows_of_code(&world) > 0);
        world.pass(1);
        assert_eq!(rows_of_code(&world), 0);
    }

    #[test]
    fn what_was_never_uploaded_is_no_code() {
        let mut world = world();
        for key in ["", "x", "ü", &"0".repeat(64), &"f".repeat(66)] {
            let code = json!({"S3Bucket": BUCKET, "S3Key": key});
            let error = world.call(function(json!({"Code": code}))).unwrap_err();
            assert!(error.message.contains("NoSuchKey"), "{error}");
        }
        assert!(world.call(UploadCode::new(b"no archive".to_vec())).is_err());
    }
}
