using System.Net;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Tests.Grains.Webhooks;

/// <summary>Both edges of every block of IANA's special-purpose registries.</summary>
public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.255.255.255")]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("127.0.0.0", "127.255.255.255")]
    [InlineData("169.254.0.0", "169.254.255.255")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.0.0.0", "192.0.0.8")]
    [InlineData("192.0.0.11", "192.0.0.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("192.88.99.0", "192.88.99.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("224.0.0.0", "239.255.255.255")]
    [InlineData("240.0.0.0", "255.255.255.255")]
    [InlineData("::", "::1")]
    [InlineData("::ffff:10.0.0.1", "::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1", "::8.8.8.8")]
    [InlineData("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::", "64:ff9b:1::808:808")]
    [InlineData("100::", "100::1:0:0:1")]
    [InlineData("2001::", "2001::ffff:ffff")]
    [InlineData("2001:1::4", "2001:2::1")]
    [InlineData("2001:10::", "2001:1f:ffff::")]
    [InlineData("2001:40::", "2001:1ff:ffff::")]
    [InlineData("2001:db8::", "2001:db8:ffff::1")]
    [InlineData("2002:7f00:1::", "2002:a00:1::1")]
    [InlineData("3fff::", "3fff:fff:ffff::")]
    [InlineData("4000::", "5f00::1")]
    [InlineData("fc00::", "fdff::1")]
    [InlineData("fd00:ec2::254", "fec0::1")]
    [InlineData("fe80::", "febf::1")]
    [InlineData("fe80::1%1", "ff02::1")]
    public void A_special_purpose_address_is_not_public(string first, string last)
    {
        Assert.False(PublicAddress.Is(IPAddress.Parse(first)), first);
        Assert.False(PublicAddress.Is(IPAddress.Parse(last)), last);
    }

    [Theory]
    [InlineData("1.0.0.0", "9.255.255.255")]
    [InlineData("11.0.0.0", "100.63.255.255")]
    [InlineData("100.128.0.0", "126.255.255.255")]
    [InlineData("128.0.0.0", "169.253.255.255")]
    [InlineData("169.255.0.0", "172.15.255.255")]
    [InlineData("172.32.0.0", "191.255.255.255")]
    [InlineData("192.0.0.9", "192.0.0.10")]
    [InlineData("192.0.1.0", "192.0.3.0")]
    [InlineData("192.88.98.255", "192.88.100.0")]
    [InlineData("192.167.255.255", "192.169.0.0")]
    [InlineData("198.17.255.255", "198.20.0.0")]
    [InlineData("198.51.99.255", "198.51.101.0")]
    [InlineData("203.0.112.255", "203.0.114.0")]
    [InlineData("223.255.255.255", "8.8.8.8")]
    [InlineData("::ffff:8.8.8.8", "64:ff9b::808:808")]
    [InlineData("2002:808:808::1", "2001:1::1")]
    [InlineData("2001:3::1", "2001:4:112::1")]
    [InlineData("2001:20::1", "2001:3f:ffff::")]
    [InlineData("2001:200::", "2001:4860:4860::8888")]
    [InlineData("2620:4f:8000::1", "3ffe::1")]
    public void Any_other_address_is_public(string first, string last)
    {
        Assert.True(PublicAddress.Is(IPAddress.Parse(first)), first);
        Assert.True(PublicAddress.Is(IPAddress.Parse(last)), last);
    }
}
