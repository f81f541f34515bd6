//! The benchmarks, natively and in the browser.
pub fn bench() -> anyhow::Result<()> {
    todo!()
}
pub fn shot(_: &[String]) -> anyhow::Result<()> {
    todo!()
}
