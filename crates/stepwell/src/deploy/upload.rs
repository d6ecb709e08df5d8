//! Local code packed, uploaded, and named in the template by where it is now.

use std::collections::HashMap;
use std::path::Path;

use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::terminal::{Terminal, Tone};

use super::package::pack;
use super::template::{LocalCode, Uploaded, with_uploads};

/// The template's text with its local code uploaded. Paths are relative to the template.
pub async fn uploaded(
    text: &str,
    codes: Vec<LocalCode>,
    template: &Path,
    client: &Client,
    terminal: &Terminal,
) -> Outcome<String> {
    let folder = template.parent().unwrap_or(Path::new(""));
    let mut known: HashMap<String, Uploaded> = HashMap::new();
    let mut uploads = Vec::new();
    for code in codes {
        let upload = match known.get(&code.path) {
            Some(upload) => upload.clone(),
            None => upload(&code, folder, client, terminal).await?,
        };
        known.insert(code.path.clone(), upload.clone());
        uploads.push((code, upload));
    }
    Ok(with_uploads(text, &uploads))
}

async fn upload(code: &LocalCode, folder: &Path, client: &Client, terminal: &Terminal) -> Outcome<Uploaded> {
    let archive = pack(&folder.join(&code.path))
        .map_err(|failure| Failure::told(format!("the code of `{}`: {failure}", code.logical_id)))?;
    let size = archive.len();
    let answer = client.own_write("/code", "application/zip", archive.into()).await?;
    let (Some(bucket), Some(key)) = (answer["S3Bucket"].as_str(), answer["S3Key"].as_str()) else {
        let (operation, reason) =
            ("uploading code".to_owned(), "it doesn't say where the code is".to_owned());
        return Err(Failure::Unintelligible { operation, reason });
    };
    let short = key.get(..12).unwrap_or(key);
    let note = format!("packed {} for {}: {size} bytes, {short}", code.path, code.logical_id);
    terminal.line(terminal.paint(Tone::Faint, &note))?;
    Ok(Uploaded { bucket: bucket.to_owned(), key: key.to_owned() })
}
