//! Sockets with what the standard library does not offer: options, and connecting without waiting.

#![allow(unsafe_code)] // System calls that the standard library does not have.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{SocketAddrV4, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{from_mut, from_ref};

/// A new IPv4 socket of that type.
fn socket(kind: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: the call takes no memory.
    let descriptor = unsafe { libc::socket(libc::AF_INET, kind | libc::SOCK_CLOEXEC, 0) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A datagram socket that is not bound, so that options come first.
pub(super) fn unbound() -> io::Result<UdpSocket> {
    socket(libc::SOCK_DGRAM).map(UdpSocket::from)
}

/// A connection in the making: it neither reads nor writes before it stands.
///
/// # Errors
/// If it fails at once. Later, reading or writing fails.
pub fn dial(address: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = socket(libc::SOCK_STREAM | libc::SOCK_NONBLOCK)?;
    let name = name_of(address);
    // SAFETY: the pointer is to a live `sockaddr_in`, whose size is given.
    let result =
        unsafe { libc::connect(socket.as_raw_fd(), from_ref(&name).cast(), length_of_name()) };
    match result_of(result) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(TcpStream::from(socket)),
    }
}

/// Sets a whole-number option of the socket level.
pub(super) fn set(socket: &UdpSocket, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the pointer is to a live `c_int`, whose size is given.
    result_of(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            from_ref(&value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    })
}

/// A whole-number option of the socket level.
pub(super) fn get(socket: &UdpSocket, option: libc::c_int) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the pointers are to a live `c_int` and to its size.
    result_of(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            from_mut(&mut value).cast(),
            &raw mut length,
        )
    })?;
    Ok(value)
}

pub(super) fn bind(socket: &UdpSocket, address: SocketAddrV4) -> io::Result<()> {
    let name = name_of(address);
    // SAFETY: the pointer is to a live `sockaddr_in`, whose size is given.
    result_of(unsafe { libc::bind(socket.as_raw_fd(), from_ref(&name).cast(), length_of_name()) })
}

fn name_of(address: SocketAddrV4) -> libc::sockaddr_in {
    // SAFETY: zero is a valid value of all its fields.
    let mut name: libc::sockaddr_in = unsafe { zeroed() };
    name.sin_family = libc::AF_INET as libc::sa_family_t;
    name.sin_port = address.port().to_be();
    name.sin_addr.s_addr = u32::from(*address.ip()).to_be();
    name
}

fn length_of_name() -> libc::socklen_t {
    size_of::<libc::sockaddr_in>() as libc::socklen_t
}

fn result_of(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
