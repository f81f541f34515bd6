//! Numbers as text for attributes. Through integers, since the general printing of floats weighs 20 kB.

/// With at most so many decimals: `-0.5`, `12`.
pub fn decimal(value: f64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let scaled = (value * unit as f64).round() as i64;
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, rest) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:0width$}", width = places as usize)
}
