//! The program that the browser starts. Natively it does nothing: see the library.

fn main() {
    #[cfg(target_arch = "wasm32")]
    gaggle_frontend::start();
}
