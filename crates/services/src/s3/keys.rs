//! The rows of S3. A bucket has a number of its own, so a bucket that is made anew under an old name begins empty; what an
//! object holds stands under a name of its own, so that an object is replaced in one write and copied without its bytes.

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};

/// `name` → [`super::model::Bucket`]; names are the same in all accounts.
pub fn bucket(name: &str) -> Key {
    Key::new(Family::Bucket).text(name)
}

/// All buckets, by name.
pub fn buckets() -> Key {
    Key::new(Family::Bucket)
}

/// `bucket, key` → [`super::model::Object`]. Ordered as S3 lists: by the bytes of the key's UTF-8.
pub fn object(bucket: u64, key: &str) -> Key {
    objects(bucket).text(key)
}

/// All objects of a bucket.
pub fn objects(bucket: u64) -> Key {
    Key::new(Family::Object).number(bucket)
}

/// Before all objects whose keys begin so.
pub fn objects_from(bucket: u64, prefix: &str) -> Key {
    // A zero byte is written as two: a text without its end mark sorts before all that begin with it.
    prefix
        .bytes()
        .fold(objects(bucket), |key, byte| if byte == 0 { key.byte(0).byte(0xFF) } else { key.byte(byte) })
}

/// The key of an object's row.
pub fn read_object(key: &[u8]) -> Result<String, Failure> {
    let mut reader = KeyReader::new(key, Family::Object)?;
    reader.number()?;
    reader.text()
}

/// `body` → [`super::model::Body`]; from its first piece on, as long as something refers to it or it is being uploaded.
pub fn body(body: &str) -> Key {
    Key::new(Family::ObjectBody).text(body)
}

/// `body, number` → bytes: [`super::bodies::PIECE_BYTES`] of them, the last piece fewer.
pub fn piece(body: &str, number: u64) -> Key {
    Key::new(Family::ObjectPiece).text(body).number(number)
}

/// `bucket, key, upload` → [`super::model::Upload`]; until it is completed or aborted.
pub fn upload(bucket: u64, key: &str, upload: &str) -> Key {
    uploads(bucket).text(key).text(upload)
}

/// All unfinished uploads of a bucket, by key.
pub fn uploads(bucket: u64) -> Key {
    Key::new(Family::MultipartUpload).number(bucket)
}

/// `upload, number` → [`super::model::UploadedPart`]; as long as the upload.
pub fn part(upload: &str, number: u64) -> Key {
    parts(upload).number(number)
}

/// All parts of an upload, by number.
pub fn parts(upload: &str) -> Key {
    Key::new(Family::UploadPart).text(upload)
}

/// The number of a part's row.
pub fn read_part(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::UploadPart)?;
    reader.text()?;
    reader.number()
}
