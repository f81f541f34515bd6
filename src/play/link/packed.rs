//! Text that is too long to read, compressed: deflate (RFC 1951), then base64 for addresses
//! (RFC 4648 §5) without padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::play::script::TEXT_MAX;

/// The best compression that there is; the texts are short.
const LEVEL: u8 = 9;

pub fn pack(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(compress_to_vec(text.as_bytes(), LEVEL))
}

/// What [`pack`] was given. A hostile text cannot unfold to more than a script may have.
pub fn unpack(text: &str) -> Result<String, String> {
    let damaged = || "the compressed acts of the link are damaged; ask for it again".to_string();
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
    let bytes = decompress_to_vec_with_limit(&bytes, TEXT_MAX).map_err(|_| damaged())?;
    String::from_utf8(bytes).map_err(|_| damaged())
}
