using System.Globalization;

namespace Canary.Deployer.Inventory;

/// <summary>Ages in words.</summary>
internal static class Ages
{
    public static string Of(TimeSpan age) =>
        age < TimeSpan.FromMinutes(2) ? $"{Number(age.TotalSeconds)} s"
        : age < TimeSpan.FromHours(2) ? $"{Number(age.TotalMinutes)} min"
        : $"{Number(age.TotalHours)} h";

    private static string Number(double number) => Math.Round(number).ToString(CultureInfo.InvariantCulture);
}
