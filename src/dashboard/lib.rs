//! Web pages: the demo now, the dashboard later. Built from `web/` and embedded in the binary.
//!
//! ```text
//!   GET /                  → /demo
//!   GET /demo              the page
//!   GET /demo/config.json  { "apiKey": … }
//!   GET /assets/…          scripts and styles; their names carry a hash of their content, so they never change
//! ```
mod pages;

pub use pages::router;
