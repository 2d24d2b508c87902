using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;

namespace Bleepay.Grains;

/// <summary>
/// Leads to grains by their fixed names. Orleans' own way from an interface to its grain reads attributes by reflection
/// at each call, which a service that makes thousands of references a second would notice.
/// </summary>
public static class GrainReferences
{
    /// <summary>The name of the widgets' grain type. Stored with each widget: never to be changed.</summary>
    public const string WidgetType = "widget";

    /// <summary>The name of the sessions' grain type. Part of every stored reminder: never to be changed.</summary>
    public const string DepositSessionType = "depositsession";

    /// <summary>The name of the grain type of the widgets' copies.</summary>
    public const string WidgetPolicyType = "widgetpolicy";

    private static readonly GrainType Policies = GrainType.Create(WidgetPolicyType);
    private static readonly GrainInterfaceType PolicyInterface =
        GrainInterfaceType.Create(IWidgetPolicyGrain.TypeName);

    private static readonly GrainType Widgets = GrainType.Create(WidgetType);
    private static readonly GrainInterfaceType WidgetInterface = GrainInterfaceType.Create(IWidgetGrain.TypeName);
    private static readonly GrainType Sessions = GrainType.Create(DepositSessionType);
    private static readonly GrainInterfaceType SessionInterface =
        GrainInterfaceType.Create(IDepositSessionGrain.TypeName);

    public static IWidgetGrain Widget(this IGrainFactory grains, string widgetId) =>
        (IWidgetGrain)grains.GetGrain(GrainId.Create(Widgets, IdSpan.Create(widgetId)), WidgetInterface);

    /// <summary>The widget's copy on the silo that is called.</summary>
    public static IWidgetPolicyGrain WidgetPolicy(this IGrainFactory grains, string widgetId) =>
        (IWidgetPolicyGrain)grains.GetGrain(GrainId.Create(Policies, IdSpan.Create(widgetId)), PolicyInterface);

    public static IDepositSessionGrain DepositSession(this IGrainFactory grains, string sessionId) =>
        (IDepositSessionGrain)grains.GetGrain(GrainId.Create(Sessions, IdSpan.Create(sessionId)), SessionInterface);
}
