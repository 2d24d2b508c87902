using System.Buffers.Binary;
using System.Numerics;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Ethereum's hash: Keccak with a rate of 1,088 bits, as submitted to NIST, whose padding SHA3-256 later changed. For
/// public values only: it is not written to run in constant time.
/// </summary>
public static class Keccak256
{
    public const int HashBytes = 32;

    private const int Lanes = 25;
    private const int Rounds = 24;
    private const int RateBytes = 136;

    private static readonly ulong[] RoundConstants =
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
        0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
        0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
        0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <summary>By how many bits each lane of the walk over the state is rotated (ρ).</summary>
    private static readonly int[] Rotations =
        [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    /// <summary>Which lane comes next on that walk (π).</summary>
    private static readonly int[] Walk =
        [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        Span<ulong> state = stackalloc ulong[Lanes];
        state.Clear();
        for (; message.Length >= RateBytes; message = message[RateBytes..]) Absorb(state, message[..RateBytes]);

        Span<byte> last = stackalloc byte[RateBytes];
        last.Clear();
        message.CopyTo(last);
        last[message.Length] = 0x01;
        last[^1] |= 0x80;
        Absorb(state, last);

        var hash = new byte[HashBytes];
        for (var lane = 0; lane < HashBytes / sizeof(ulong); lane++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(lane * sizeof(ulong)), state[lane]);
        return hash;
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var lane = 0; lane < RateBytes / sizeof(ulong); lane++)
            state[lane] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(lane * sizeof(ulong))..]);
        for (var round = 0; round < Rounds; round++) Permute(state, RoundConstants[round]);
    }

    /// <summary>The steps θ, ρ and π, χ and ι of FIPS 202 §3.2.</summary>
    private static void Permute(Span<ulong> state, ulong roundConstant)
    {
        Span<ulong> row = stackalloc ulong[5];
        for (var x = 0; x < 5; x++) row[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
        for (var x = 0; x < 5; x++)
        {
            var parity = row[(x + 4) % 5] ^ BitOperations.RotateLeft(row[(x + 1) % 5], 1);
            for (var y = 0; y < Lanes; y += 5) state[y + x] ^= parity;
        }

        var moved = state[1];
        for (var step = 0; step < Walk.Length; step++)
            (state[Walk[step]], moved) = (BitOperations.RotateLeft(moved, Rotations[step]), state[Walk[step]]);

        for (var y = 0; y < Lanes; y += 5)
        {
            state.Slice(y, 5).CopyTo(row);
            for (var x = 0; x < 5; x++) state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }

        state[0] ^= roundConstant;
    }
}
