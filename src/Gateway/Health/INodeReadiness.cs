namespace Bleepay.Gateway.Health;

/// <summary>Whether a load balancer may send requests to this node.</summary>
public interface INodeReadiness
{
    /// <summary>What <c>/health/ready</c> answers.</summary>
    bool IsReady { get; }

    /// <summary>Takes the node out of the load balancer by its operator's wish, or back. It still serves.</summary>
    void SetAside(bool isAside);
}
